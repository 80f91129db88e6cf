import { Controller, Get, Param } from '@nestjs/common';
import { RocketListener } from 'nestjs-rocketmq';
import { orderPaid, type OrderPaid } from '../messages.js';
import { tell } from '../service-events.js';
import { PointsService } from './points.service.js';

@Controller('points')
export class PointsController {
  constructor(private readonly points: PointsService) {}

  @RocketListener(orderPaid, '*', 'points', { consumeFrom: 'first' })
  async onOrderPaid(message: OrderPaid): Promise<void> {
    const outcome = await this.points.add(message);
    tell({ type: 'points', outcome, orderId: message.orderId });
  }

  @Get()
  async list() {
    return { accounts: await this.points.accounts(), bookings: await this.points.bookings() };
  }

  @Get(':customer')
  async ofCustomer(@Param('customer') customer: string) {
    return { customer, points: await this.points.pointsOf(customer) };
  }
}
