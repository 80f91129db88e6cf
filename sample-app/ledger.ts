import { pointsFor } from './points/points-for.js';
import type { Order } from './order/order.entity.js';
import type { Account, Booking } from './points/points.entities.js';

/** What both services have in their books. */
export interface Ledger {
  orders: Order[];
  accounts: Account[];
  bookings: Booking[];
}

export interface Totals {
  /** Of the orders stored. */
  pointsDue: number;
  /** On the accounts. */
  pointsGiven: number;
  /** Each order has its points once, and nothing else has any. */
  agree: boolean;
}

export function bookingsOf(orderId: string, { bookings }: Ledger): Booking[] {
  return bookings.filter((booking) => booking.orderId === orderId);
}

export function totals(ledger: Ledger): Totals {
  const { orders, accounts, bookings } = ledger;
  const pointsDue = sum(orders.map(({ amount }) => pointsFor(amount)));
  const pointsGiven = sum(accounts.map(({ points }) => points));
  const eachOnce = orders.every(({ id }) => bookingsOf(id, ledger).length === 1);
  const agree = eachOnce && bookings.length === orders.length && pointsDue === pointsGiven;
  return { pointsDue, pointsGiven, agree };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
