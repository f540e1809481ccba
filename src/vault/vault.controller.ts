import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Caller, type Access } from '../common/http/access.js';
import { Requires } from '../common/http/requires.decorator.js';
import { AutoLock } from './auto-lock.service.js';
import { VaultControl } from './vault-control.service.js';
import { VaultRotation } from './vault-rotation.service.js';
import { InitialiseVault, RotateVault, toVaultView, UnlockVault, VaultView } from './vault.dto.js';

@ApiTags('vault')
@Controller('admin/v1/vault')
export class VaultController {
  constructor(
    private readonly control: VaultControl,
    private readonly rotation: VaultRotation,
    private readonly autoLock: AutoLock,
  ) {}

  /** Shows the state of the vault. */
  @Get()
  @Requires('vault:read')
  show(): Promise<VaultView> {
    return this.view();
  }

  /** Gives a new password vault its password, and unlocks it. */
  @Post('initialise')
  @HttpCode(200)
  @Requires('vault:write')
  async initialise(@Caller() access: Access, @Body() { password }: InitialiseVault): Promise<VaultView> {
    await this.control.initialise(access, password);
    return this.view();
  }

  /** Unlocks the vault for all workers of this server. Other replicas of a password vault are unlocked each. */
  @Post('unlock')
  @HttpCode(200)
  @Requires('vault:write')
  async unlock(@Caller() access: Access, @Body() body: UnlockVault): Promise<VaultView> {
    await this.control.unlock(access, body);
    return this.view();
  }

  /** Locks the vault everywhere. Calls that need a credential from it are refused until it is unlocked. */
  @Post('lock')
  @HttpCode(200)
  @Requires('vault:write')
  async lock(@Caller() access: Access): Promise<VaultView> {
    await this.control.lock(access);
    return this.view();
  }

  /** Puts a new key in force and moves every secret to it, all or none. */
  @Post('rotate')
  @HttpCode(200)
  @Requires('vault:write')
  async rotate(@Caller() access: Access, @Body() body: RotateVault): Promise<VaultView> {
    await this.rotation.rotate(access, body);
    return this.view();
  }

  private async view(): Promise<VaultView> {
    return toVaultView(await this.control.status(), this.autoLock.afterSeconds);
  }
}
