import { Module } from '@nestjs/common';
import { ProfileNames } from './profile-names.service.js';

@Module({ providers: [ProfileNames], exports: [ProfileNames] })
export class ProfilesModule {}
