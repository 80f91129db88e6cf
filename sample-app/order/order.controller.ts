import { BadRequestException, Body, Controller, Get, HttpException, HttpStatus, Post } from '@nestjs/common';
import type { Order } from './order.entity.js';
import { OrderService, type NewOrder } from './order.service.js';
import { PaymentRefused } from './payment.js';

@Controller('orders')
export class OrderController {
  constructor(private readonly orders: OrderService) {}

  @Post()
  async place(@Body() body: unknown): Promise<Order> {
    try {
      return await this.orders.place(readOrder(body));
    } catch (error) {
      if (error instanceof PaymentRefused) throw new HttpException(error.message, HttpStatus.PAYMENT_REQUIRED);
      throw error;
    }
  }

  @Get()
  list(): Promise<Order[]> {
    return this.orders.list();
  }
}

function readOrder(body: unknown): NewOrder {
  const { customer, amount, card = 'valid' } = (body ?? {}) as Partial<Record<keyof NewOrder, unknown>>;
  if (typeof customer !== 'string' || customer === '') throw new BadRequestException('customer: give a name');
  if (typeof amount !== 'number' || !Number.isInteger(amount) || amount < 1)
    throw new BadRequestException('amount: give whole euros, at least 1');
  if (typeof card !== 'string') throw new BadRequestException("card: 'valid', or anything else to have it refused");
  return { customer, amount, card };
}
