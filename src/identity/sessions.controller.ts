import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { IdPipe } from '../common/http/id.pipe.js';
import { Authenticated, Open } from '../common/http/requires.decorator.js';
import { Config } from '../config/config.js';
import { MeView, toMeView } from './me.dto.js';
import type { KnownPrincipal } from './principal.js';
import { writeSessionCookie } from './request-credentials.js';
import { ChangePassword, CurrentSessionView, SessionView, SignInInput } from './session.dto.js';
import { SessionsService } from './sessions.service.js';
import { SignIn } from './sign-in.service.js';
import { SignedIn } from './signed-in.decorator.js';

@ApiTags('session')
@Controller('admin/v1')
export class SessionsController {
  constructor(
    private readonly signIn: SignIn,
    private readonly sessions: SessionsService,
    private readonly config: Config,
  ) {}

  /** Signs in with a password, and sets the session cookie. Changes with the cookie need the header X-Requested-With. */
  @Post('session')
  @HttpCode(204)
  @Open('nobody is signed in before')
  async open(
    @Body() _: SignInInput,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    const member = await this.signIn.authenticate(request);
    writeSessionCookie(response, await this.sessions.open(member, request), this.config);
  }

  /** Shows the session that this request came with, and whose it is. */
  @Get('session')
  @Authenticated()
  current(@SignedIn() principal: KnownPrincipal): Promise<CurrentSessionView> {
    return this.sessions.current(principal);
  }

  /** Signs out. */
  @Delete('session')
  @HttpCode(204)
  @Authenticated()
  async close(@SignedIn() principal: KnownPrincipal, @Res({ passthrough: true }) response: Response): Promise<void> {
    await this.sessions.closeCurrent(principal);
    writeSessionCookie(response, null, this.config);
  }

  /** Changes the caller's own password, and ends its other sessions. */
  @Put('session/password')
  @HttpCode(204)
  @Authenticated()
  changePassword(@SignedIn() principal: KnownPrincipal, @Body() body: ChangePassword): Promise<void> {
    return this.sessions.changePassword(principal, body);
  }

  /** Lists the caller's own sessions, the last used first. */
  @Get('sessions')
  @Authenticated()
  list(@SignedIn() principal: KnownPrincipal): Promise<SessionView[]> {
    return this.sessions.list(principal);
  }

  /** Ends one of the caller's own sessions. */
  @Delete('sessions/:id')
  @HttpCode(204)
  @Authenticated()
  closeOne(@SignedIn() principal: KnownPrincipal, @Param('id', IdPipe) id: string): Promise<void> {
    return this.sessions.close(principal, id);
  }

  /** Shows who is calling and what it may do. */
  @Get('me')
  @Authenticated()
  me(@SignedIn() principal: KnownPrincipal): MeView {
    return toMeView(principal, principal.accessFor('authenticated'));
  }
}
