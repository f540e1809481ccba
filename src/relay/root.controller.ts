import { Controller, Head } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Open } from '../common/http/requires.decorator.js';

/** Claude Code looks whether anybody is there before its first call. */
@ApiExcludeController()
@Open('it says nothing but that the server is there')
@Controller()
export class RootController {
  @Head()
  isThere(): void {
    // the status says it all
  }
}
