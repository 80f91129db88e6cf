package interop;

import com.alibaba.fastjson.JSONObject;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Pull and lite pull consumers. Each polls until it is stopped and reports every message as an event. */
final class Pullers {
  private final Map<String, Runnable> running = new ConcurrentHashMap<>();

  /** From the first offset. style: subscribe (the queues are shared out) or assign (all of them). */
  void startLite(JSONObject arguments) throws Exception {
    String name = arguments.getString("consumer");
    String topic = arguments.getString("topic");
    DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(arguments.getString("group"));
    Clients.configure(consumer, arguments.getString("nameServer"), arguments.getString("instance"));
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.setAutoCommitIntervalMillis(1_000);
    boolean assign = "assign".equals(arguments.getString("style"));
    String expression = Json.text(arguments, "expression", "*");
    if (!assign) {
      boolean sql = "SQL92".equals(arguments.getString("type"));
      consumer.subscribe(topic, sql ? MessageSelector.bySql(expression) : MessageSelector.byTag(expression));
    }
    consumer.start();
    // Without a seek: a pull that is on its way when it happens brings its messages a second time.
    if (assign) consumer.assign(consumer.fetchMessageQueues(topic));
    poll(name, () -> consumer.poll(500), consumer::shutdown);
  }

  /** The plain pull consumer: every queue from its minimum, long polling, progress stored on the broker. */
  void startPull(JSONObject arguments) throws Exception {
    String name = arguments.getString("consumer");
    DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(arguments.getString("group"));
    Clients.configure(consumer, arguments.getString("nameServer"), arguments.getString("instance"));
    consumer.start();
    Collection<MessageQueue> queues = consumer.fetchSubscribeMessageQueues(arguments.getString("topic"));
    String expression = Json.text(arguments, "expression", "*");
    Map<MessageQueue, Long> positions = new ConcurrentHashMap<>();
    for (MessageQueue queue : queues) positions.put(queue, consumer.minOffset(queue));
    poll(
        name,
        () -> {
          for (MessageQueue queue : queues) {
            PullResult result = consumer.pull(queue, expression, positions.get(queue), 32);
            positions.put(queue, result.getNextBeginOffset());
            consumer.updateConsumeOffset(queue, result.getNextBeginOffset());
            if (result.getPullStatus() == PullStatus.FOUND) return result.getMsgFoundList();
          }
          Thread.sleep(20);
          return List.of();
        },
        consumer::shutdown);
  }

  void stop(String name) {
    Runnable stop = running.remove(name);
    if (stop != null) stop.run();
  }

  void stop() {
    List.copyOf(running.keySet()).forEach(this::stop);
  }

  private interface Source {
    List<MessageExt> next() throws Exception;
  }

  private void poll(String name, Source source, Runnable shutdown) {
    Thread thread =
        new Thread(
            () -> {
              while (running.containsKey(name)) {
                try {
                  for (MessageExt message : source.next()) {
                    Lines.write(Json.of("event", "message", "consumer", name, "message", Messages.toJson(message)));
                  }
                } catch (InterruptedException e) {
                  return;
                } catch (Exception e) {
                  if (!running.containsKey(name)) return;
                  Lines.write(Json.of("event", "failed", "what", name, "error", String.valueOf(e)));
                  return;
                }
              }
            },
            "poll " + name);
    running.put(
        name,
        () -> {
          thread.interrupt();
          shutdown.run();
        });
    thread.start();
  }
}
