import { ValidateBy } from 'class-validator';
import { conditionProblem } from './condition-problem.js';

/** Accepts the conditions of a target: what the planner can evaluate. */
export function IsCondition(): PropertyDecorator {
  return ValidateBy({
    name: 'isCondition',
    validator: {
      validate: (value) => conditionProblem(value) === undefined,
      defaultMessage: (args) => `${args?.property} ${conditionProblem(args?.value)}`,
    },
  });
}
