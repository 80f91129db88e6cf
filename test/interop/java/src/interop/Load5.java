package interop;

import com.alibaba.fastjson.JSONObject;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.exception.RemotingException;

/** Apache's client under load; only counts. For benchmarks and large backlogs. */
final class Load5 extends Commands {
  private static final int ASYNC_IN_FLIGHT = 256;
  private static final AtomicInteger instances = new AtomicInteger();

  Load5() {
    Administration5 administration = new Administration5();
    add("createTopic", administration::createTopic);
    add("load", this::load);
    add("drain", this::drain);
    add("delays", this::delays);
  }

  /** Sends for `ms` by mode sync, async, batch (of 32) or transaction. */
  private Object load(JSONObject arguments) throws Exception {
    TransactionMQProducer producer = producer(arguments);
    String mode = arguments.getString("mode");
    String topic = arguments.getString("topic");
    byte[] body = new byte[arguments.getIntValue("bytes")];
    Arrays.fill(body, (byte) 'x');
    AtomicLong sent = new AtomicLong();
    long begun = System.nanoTime();
    long end = begun + arguments.getLongValue("ms") * 1_000_000;
    if (mode.equals("async")) {
      Semaphore inFlight = new Semaphore(ASYNC_IN_FLIGHT);
      while (System.nanoTime() < end) sendAsync(producer, new Message(topic, "TagA", body), inFlight, sent);
      inFlight.acquire(ASYNC_IN_FLIGHT);
    } else {
      onThreads(arguments.getIntValue("threads"), () -> {
        while (System.nanoTime() < end) sent.addAndGet(sendOnce(producer, mode, topic, body));
      });
    }
    return Json.of("count", sent.get(), "elapsedMs", (System.nanoTime() - begun) / 1e6);
  }

  /** @return how many were stored; 0 when the broker was too busy */
  private static int sendOnce(TransactionMQProducer producer, String mode, String topic, byte[] body)
      throws InterruptedException {
    try {
      int count = 1;
      SendResult result;
      if (mode.equals("batch")) {
        count = 32;
        List<Message> batch = new ArrayList<>(count);
        for (int i = 0; i < count; i++) batch.add(new Message(topic, "TagA", body));
        result = producer.send(batch);
      } else if (mode.equals("transaction")) {
        result = producer.sendMessageInTransaction(new Message(topic, "TagA", body), null);
      } else {
        result = producer.send(new Message(topic, "TagA", body));
      }
      return result.getSendStatus() == SendStatus.SEND_OK ? count : 0;
    } catch (RemotingException | MQBrokerException | MQClientException busy) {
      return 0;
    }
  }

  /**
   * Consumes until `count` messages have come; the time from the first to the last of them, and from the
   * start. With `every` messages bear a number, the first four bytes: each counts once, those that aren't
   * `rest` behind a multiple of `every` are wrong.
   */
  private Object drain(JSONObject arguments) throws Exception {
    Drained drained = new Drained(
        arguments.getLongValue("count"), Json.integer(arguments, "every", 0), Json.integer(arguments, "rest", 0));
    DefaultMQPushConsumer consumer = consumer(arguments, (messages, context) -> {
      drained.add(messages);
      return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    });
    consumer.start();
    drained.done.acquire();
    Thread.sleep(Json.whole(arguments, "quietMs", 0)); // whatever comes besides
    consumer.shutdown();
    return drained.toJson();
  }

  private static final class Drained {
    final Semaphore done = new Semaphore(0);
    private final long wanted;
    private final int every;
    private final int rest;
    private final BitSet numbers = new BitSet();
    private final long startedAt = System.nanoTime();
    private long count;
    private long wrong;
    private long firstAt;
    private long lastAt;

    Drained(long wanted, int every, int rest) {
      this.wanted = wanted;
      this.every = every;
      this.rest = rest;
    }

    synchronized void add(List<MessageExt> messages) {
      long now = System.nanoTime();
      if (firstAt == 0) firstAt = now;
      for (MessageExt message : messages) {
        if (every > 0) {
          int number = ByteBuffer.wrap(message.getBody()).getInt(0);
          if (number % every != rest) wrong++;
          if (numbers.get(number)) continue;
          numbers.set(number);
        }
        if (++count != wanted) continue;
        lastAt = now;
        done.release();
      }
    }

    synchronized JSONObject toJson() {
      return Json.of(
          "count", count,
          "wrong", wrong,
          "elapsedMs", (lastAt - firstAt) / 1e6,
          "totalMs", (lastAt - startedAt) / 1e6);
    }
  }

  /** Sends at a steady `perSecond` for `ms` to a consumer of this process; how long messages took, in milliseconds. */
  private Object delays(JSONObject arguments) throws Exception {
    TransactionMQProducer producer = producer(arguments);
    int perSecond = arguments.getIntValue("perSecond");
    long warmUpMs = 3_000;
    int total = (int) (perSecond * (arguments.getLongValue("ms") + warmUpMs) / 1_000);
    long[] delays = new long[total];
    AtomicInteger got = new AtomicInteger();
    DefaultMQPushConsumer consumer = consumer(arguments, (messages, context) -> {
      long now = System.nanoTime();
      for (MessageExt message : messages) {
        ByteBuffer body = ByteBuffer.wrap(message.getBody());
        delays[body.getInt(8)] = now - body.getLong(0);
        got.incrementAndGet();
      }
      return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    });
    consumer.start();
    Thread.sleep(3_000); // until it has its queues
    Semaphore inFlight = new Semaphore(4_096);
    AtomicLong sent = new AtomicLong();
    long begun = System.nanoTime();
    for (int i = 0; i < total; i++) {
      long at = begun + i * 1_000_000_000L / perSecond;
      while (System.nanoTime() < at) Thread.sleep(0, 200_000);
      ByteBuffer body = ByteBuffer.allocate(128);
      body.putLong(0, System.nanoTime()).putInt(8, i);
      sendAsync(producer, new Message(arguments.getString("topic"), "TagA", body.array()), inFlight, sent);
    }
    inFlight.acquire(4_096);
    long deadline = System.currentTimeMillis() + 30_000;
    while (got.get() < sent.get() && System.currentTimeMillis() < deadline) Thread.sleep(5);
    consumer.shutdown();
    // Sends that a busy broker refused have none.
    long[] measured = Arrays.stream(delays, (int) (perSecond * warmUpMs / 1_000), total).filter(one -> one > 0).toArray();
    Arrays.sort(measured);
    return Json.of(
        "missing", Math.max(0, sent.get() - got.get()),
        "p50", measured[measured.length / 2] / 1e6,
        "p99", measured[(int) (measured.length * 0.99)] / 1e6);
  }

  private TransactionMQProducer producer(JSONObject arguments) throws Exception {
    TransactionMQProducer producer = producers.producer(arguments);
    producer.setTransactionListener(new CommitsAll());
    return producer;
  }

  private static DefaultMQPushConsumer consumer(JSONObject arguments, MessageListenerConcurrently listener)
      throws Exception {
    DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(arguments.getString("group"));
    Clients.configure(consumer, arguments.getString("nameServer"), "load-" + instances.incrementAndGet());
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    String expression = Json.text(arguments, "expression", "*");
    boolean sql = "SQL92".equals(arguments.getString("type"));
    consumer.subscribe(
        arguments.getString("topic"), sql ? MessageSelector.bySql(expression) : MessageSelector.byTag(expression));
    consumer.registerMessageListener(listener);
    return consumer;
  }

  private static void sendAsync(TransactionMQProducer producer, Message message, Semaphore inFlight, AtomicLong sent)
      throws Exception {
    inFlight.acquire();
    producer.send(
        message,
        new SendCallback() {
          @Override
          public void onSuccess(SendResult result) {
            if (result.getSendStatus() == SendStatus.SEND_OK) sent.incrementAndGet();
            inFlight.release();
          }

          @Override
          public void onException(Throwable error) {
            inFlight.release();
          }
        });
  }

  private interface Work {
    void run() throws Exception;
  }

  /** The first failure is thrown when all have ended. */
  private static void onThreads(int count, Work work) throws Exception {
    List<Exception> failures = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Thread thread = new Thread(() -> {
        try {
          work.run();
        } catch (Exception error) {
          synchronized (failures) {
            failures.add(error);
          }
        }
      });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) thread.join();
    if (!failures.isEmpty()) throw failures.get(0);
  }

  private static final class CommitsAll implements TransactionListener {
    @Override
    public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
      return LocalTransactionState.COMMIT_MESSAGE;
    }

    @Override
    public LocalTransactionState checkLocalTransaction(MessageExt message) {
      return LocalTransactionState.COMMIT_MESSAGE;
    }
  }
}
