import { Topic } from 'nestjs-rocketmq';

/** What the order service tells the world when an order is paid. */
export interface OrderPaid {
  orderId: string;
  customer: string;
  /** Euros. */
  amount: number;
}

export const orderPaid = new Topic<OrderPaid>('order-paid');
