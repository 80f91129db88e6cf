import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RocketTemplate } from 'nestjs-rocketmq';
import type { EntityManager } from 'typeorm';
import { orderPaid } from '../messages.js';
import { reach } from '../plug.js';
import { tell } from '../service-events.js';
import { OrderDatabase } from './order.database.js';
import { Order } from './order.entity.js';
import { Payment } from './payment.js';

export interface NewOrder {
  customer: string;
  amount: number;
  card: string;
}

@Injectable()
export class OrderService {
  constructor(
    private readonly template: RocketTemplate,
    private readonly database: OrderDatabase,
    private readonly payment: Payment,
  ) {}

  /** The message goes out if and only if the order is stored and paid. @throws PaymentRefused */
  async place({ customer, amount, card }: NewOrder): Promise<Order> {
    const order = Object.assign(new Order(), { id: `order-${randomUUID().slice(0, 8)}`, customer, amount });
    const message = { orderId: order.id, customer, amount };
    const sent = await this.template.sendInTransaction(
      orderPaid,
      message,
      async (manager: EntityManager) => {
        await manager.insert(Order, order);
        await this.payment.charge(card, amount);
      },
      { keys: order.id },
    );
    if (sent.transactionId === undefined) tell({ type: 'placed', orderId: order.id }); // by the outbox
    reach('placed');
    return order;
  }

  list(): Promise<Order[]> {
    return this.database.run((manager) => manager.find(Order));
  }
}
