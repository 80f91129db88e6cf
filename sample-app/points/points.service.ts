import { Injectable } from '@nestjs/common';
import { Inbox } from 'nestjs-rocketmq';
import type { EntityManager } from 'typeorm';
import { reach } from '../plug.js';
import type { OrderPaid } from '../messages.js';
import { pointsFor } from './points-for.js';
import { PointsDatabase } from './points.database.js';
import { Account, Booking } from './points.entities.js';

@Injectable()
export class PointsService {
  constructor(
    private readonly database: PointsDatabase,
    private readonly inbox: Inbox<EntityManager>,
  ) {}

  /** Adds the points of an order once, however often its message comes. */
  async add({ orderId, customer, amount }: OrderPaid): Promise<'applied' | 'duplicate'> {
    reach('points-received');
    const points = pointsFor(amount);
    const outcome = await this.inbox.once({ group: 'points', key: orderId }, async (manager) => {
      const account = await manager.findOneBy(Account, { customer });
      await manager.save(Account, { customer, points: (account?.points ?? 0) + points });
      await manager.insert(Booking, { orderId, customer, points });
      reach('points-applied');
    });
    reach('points-committed');
    return outcome;
  }

  bookings(): Promise<Booking[]> {
    return this.database.run((manager) => manager.find(Booking));
  }

  async pointsOf(customer: string): Promise<number> {
    const account = await this.database.run((manager) => manager.findOneBy(Account, { customer }));
    return account?.points ?? 0;
  }

  accounts(): Promise<Account[]> {
    return this.database.run((manager) => manager.find(Account));
  }
}
