import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, RpcException } from '@nestjs/microservices';
import { concat, delay, lastValueFrom, of, timeout } from 'rxjs';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { ConfigurationError, RequestTimeoutError } from '../../../lib/engine/index.js';
import { ReconsumeLaterException, RejectException } from '../../../lib/transport/exceptions.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { RocketRecord } from '../../../lib/transport/outgoing-message.js';
import { RequestFailedError } from '../../../lib/transport/reply.js';
import { RocketMqClientProxy } from '../../../lib/transport/rocketmq.client-proxy.js';
import { RocketContext } from '../../../lib/transport/rocketmq.context.js';
import { Journal, type Cluster } from './cluster.js';

/** Long enough for a delivery again. */
const PATIENT_MS = 10_000;

/** Requests and their replies, wherever RocketMQ is. */
export function requestReply(cluster: () => Cluster): void {
  afterEach(() => cluster().closeApps());

  it('are replied by what a handler returns: a value, a promise, the last of an Observable, nothing', async () => {
    @Controller()
    class Calculator {
      @RocketListener('sum', 'now', 'calculators', { reply: true })
      now([a, b]: number[]) {
        return a + b;
      }

      @RocketListener('sum', 'soon', 'calculators', { reply: true })
      async soon([a, b]: number[]) {
        return Promise.resolve({ sum: a + b });
      }

      @RocketListener('sum', 'steps', 'calculators', { reply: true })
      steps([a, b]: number[]) {
        return concat(of(a), of(a + b).pipe(delay(5)));
      }

      @RocketListener('sum', 'none', 'calculators', { reply: true })
      none(): void {}
    }
    const app = await cluster().startApp({ controllers: [Calculator] });
    const template = app.get(RocketTemplate);
    const client = app.get(RocketMqClientProxy);

    expect(await template.request<number>('sum:now', [1, 2], { timeoutMs: PATIENT_MS })).toBe(3);
    expect(await template.request('sum:soon', [1, 2])).toEqual({ sum: 3 });
    expect(await lastValueFrom(client.send('sum:steps', [1, 2]))).toBe(3);
    expect(await lastValueFrom(client.send('sum:none', [1, 2]))).toBeNull();
    const many = Array.from({ length: 50 }, (_, i) => template.request<number>('sum:now', [i, i]));
    expect(await Promise.all(many)).toEqual(Array.from({ length: 50 }, (_, i) => 2 * i));
  });

  it("reach Nest's @MessagePattern, whose group is the default one", async () => {
    @Controller()
    class Greeter {
      @MessagePattern('greet:en')
      english(name: string) {
        return `Hello ${name}`;
      }
    }
    const mq = { consumerDefaults: { group: 'greeters' } };
    const app = await cluster().startMicroservice({ controllers: [Greeter], mq });
    const client = app.get(RocketMqClientProxy);
    const record = new RocketRecord('Ada', { timeoutMs: PATIENT_MS });
    expect(await lastValueFrom(client.send('greet:en', record))).toBe('Hello Ada');
  });

  it('are told of a failure, which is handled once and shows no more than it should', async () => {
    const calls = new Journal();
    @Controller()
    class Failing {
      @RocketListener('fail', '*', 'failing', { reply: true })
      fail(kind: string): never {
        calls.write(kind);
        if (kind === 'for all to see') throw new RpcException({ status: 'error', message: 'no such order', id: 7 });
        if (kind === 'rejected') throw new RejectException('never');
        throw new Error('password is 1234');
      }
    }
    const app = await cluster().startApp({ controllers: [Failing] });
    const template = app.get(RocketTemplate);
    const failureOf = async (kind: string): Promise<unknown> => {
      const failed = await template.request('fail', kind, { timeoutMs: PATIENT_MS }).catch((error: unknown) => error);
      return (failed as RequestFailedError).error;
    };

    expect(await failureOf('for all to see')).toEqual({ status: 'error', message: 'no such order', id: 7 });
    expect(await failureOf('secret')).toEqual({ status: 'error', message: 'Internal server error' });
    expect(await failureOf('rejected')).toEqual({ status: 'error', message: 'never' });
    expect(calls.entries).toEqual(['for all to see', 'secret', 'rejected']);
  });

  it('may be delivered again when the handler says so, and are then replied', async () => {
    let calls = 0;
    @Controller()
    class Slow {
      @RocketListener('later', '*', 'later', { reply: true })
      handle(payload: string) {
        if (++calls === 1) throw new ReconsumeLaterException({ delayMs: 1000 });
        return `${payload} at last`;
      }
    }
    const app = await cluster().startApp({ controllers: [Slow] });
    const reply = await app.get(RocketTemplate).request('later', 'here', { timeoutMs: PATIENT_MS });
    expect(reply).toBe('here at last');
  });

  it('time out, are given up by their subscriber, and replies by hand reach them', async () => {
    @Controller()
    class Waiting {
      @RocketListener('wait', '*', 'waiting')
      handle(payload: unknown, @Ctx() context: RocketContext): void {
        if (payload === 'by hand') void app.get(RocketTemplate).reply(context.getMessage(), 'done');
      }
    }
    const app = await cluster().startApp({ controllers: [Waiting] });
    const template = app.get(RocketTemplate);
    expect(await template.request('wait', 'by hand', { timeoutMs: PATIENT_MS })).toBe('done');
    await expect(template.request('wait', 1, { timeoutMs: 100 })).rejects.toThrow(RequestTimeoutError);
    const sent = app.get(RocketMqClientProxy).send('wait', 1);
    await expect(lastValueFrom(sent.pipe(timeout(50)))).rejects.toThrow('Timeout');
  });

  it('have one reply: not of a batch', async () => {
    @Controller()
    class Wrong {
      @RocketListener('wrong', '*', 'wrong', { reply: true, batch: { size: 2 } })
      handle(): void {}
    }
    await expect(cluster().startApp({ controllers: [Wrong] })).rejects.toThrow(ConfigurationError);
  });
}
