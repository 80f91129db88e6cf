import {
  Catch,
  type CallHandler,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import { ApplicationConfig } from '@nestjs/core';
import { catchError, throwError, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import { RocketContext } from './rocketmq.context.js';

// Nest's default filter turns every error into 'Internal server error'. These two keep the cause.

/** The filter of last resort: what no filter of the application takes reaches the transport as it was thrown. */
@Catch()
class KeepOriginalFilter implements ExceptionFilter {
  catch(exception: unknown): Observable<never> {
    return throwError(() => exception);
  }
}

/** The same configuration with our filter behind all of the application's. Costs nothing while nothing fails. */
export function keepingOriginalErrors(config: ApplicationConfig): ApplicationConfig {
  const filters = (): ExceptionFilter[] => [new KeepOriginalFilter(), ...config.getGlobalFilters()];
  return Object.assign(Object.create(config) as ApplicationConfig, { getGlobalFilters: filters });
}

/** Notes what went wrong below it, where the configuration is out of our reach: in connectMicroservice(). */
const noteOriginal: NestInterceptor = {
  intercept: (execution: ExecutionContext, next: CallHandler) => next.handle().pipe(notingErrorsIn(execution)),
};

function notingErrorsIn(execution: ExecutionContext): MonoTypeOperatorFunction<unknown> {
  return catchError((error: unknown) => {
    const context: unknown = execution.switchToRpc().getContext();
    if (context instanceof RocketContext) context.error ??= error;
    throw error;
  });
}

/** Notes what guards throw, too, if Nest has such hooks (from 12 on) and binds with this configuration. */
export function noteOriginalErrorsOfAll(config: ApplicationConfig): void {
  const hooks: Partial<ApplicationConfig> = config; // older ones have none
  hooks.registerPreRequestHook?.((execution, next) => next().pipe(notingErrorsIn(execution)));
}

/** Puts the interceptor around a listener method; must happen before Nest binds it. Twice does no harm. */
export function noteOriginalErrorsOf(method: object): void {
  const interceptors = (Reflect.getMetadata(INTERCEPTORS_METADATA, method) ?? []) as unknown[];
  if (!interceptors.includes(noteOriginal))
    Reflect.defineMetadata(INTERCEPTORS_METADATA, [noteOriginal, ...interceptors], method);
}
