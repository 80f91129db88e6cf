import { ResponseCode } from '../protocol/response-code.js';
import type { PutResult, PutStatus } from '../store/message-store.js';

const codes: Readonly<Record<PutStatus, number>> = {
  PUT_OK: ResponseCode.SUCCESS,
  FLUSH_DISK_TIMEOUT: ResponseCode.FLUSH_DISK_TIMEOUT,
  FLUSH_SLAVE_TIMEOUT: ResponseCode.FLUSH_SLAVE_TIMEOUT,
  SLAVE_NOT_AVAILABLE: ResponseCode.SLAVE_NOT_AVAILABLE,
  SERVICE_NOT_AVAILABLE: ResponseCode.SERVICE_NOT_AVAILABLE,
  MESSAGE_ILLEGAL: ResponseCode.MESSAGE_ILLEGAL,
  PROPERTIES_SIZE_EXCEEDED: ResponseCode.MESSAGE_ILLEGAL,
  OS_PAGE_CACHE_BUSY: ResponseCode.SYSTEM_BUSY,
  UNKNOWN_ERROR: ResponseCode.SYSTEM_ERROR,
};

/** What a sender is answered. Source: Apache 5.3 SendMessageProcessor#handlePutMessageResult. */
export function codeOfPut({ status }: PutResult): number {
  return codes[status];
}

/** Undefined when the message was stored without trouble. */
export function remarkOfPut({ status, remark }: PutResult, maxMessageSize: number): string | undefined {
  if (remark !== undefined) return remark;
  switch (status) {
    case 'SERVICE_NOT_AVAILABLE':
      return 'service not available now. It may be caused by one of the following reasons: the disk is full, or the message store has been shut down';
    case 'MESSAGE_ILLEGAL':
    case 'PROPERTIES_SIZE_EXCEEDED':
      return `the message is illegal, maybe msg body or properties length not matched. msg body length limit ${maxMessageSize}B, msg properties length limit 32KB.`;
    case 'OS_PAGE_CACHE_BUSY':
      return '[PC_SYNCHRONIZED]broker busy, start flow control for a while';
    case 'UNKNOWN_ERROR':
      return 'UNKNOWN_ERROR';
    default:
      return undefined;
  }
}
