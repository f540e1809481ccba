import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ModelsService, type ModelDependant } from '../models/models.service.js';

/** Keeps models that profiles lead to from being removed. */
@Injectable()
export class ProfileModels implements OnModuleInit {
  constructor(private readonly models: ModelsService) {}

  onModuleInit(): void {
    this.models.registerDependants((manager, modelId) => this.profilesOf(manager, modelId));
  }

  private profilesOf(manager: EntityManager, modelId: string): Promise<ModelDependant[]> {
    return manager.query<ModelDependant[]>(
      `select 'profile' as kind, p.id, p.name from profile_target t
       join profile p on p.id = t.profile_id where t.model_id = $1 order by p.name limit 20`,
      [modelId],
    );
  }
}
