package interop;

import com.alibaba.fastjson.JSONObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Push consumers. Each message they get is reported as an event, then settled as their script says. */
class Consumers {
  private final Map<String, DefaultMQPushConsumer> started = new ConcurrentHashMap<>();
  private final Producers producers;

  Consumers(Producers producers) {
    this.producers = producers;
  }

  /**
   * consumer: its name in events. mode: concurrently or orderly; model: CLUSTERING or BROADCASTING;
   * type: TAG or SQL92. Script: failFirst (each message that often), delayLevel, suspendMs, reply.
   */
  void start(JSONObject arguments) throws Exception {
    String name = arguments.getString("consumer");
    DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(arguments.getString("group"));
    Clients.configure(consumer, arguments.getString("nameServer"), arguments.getString("instance"));
    Clients.setEnum(consumer, "setMessageModel", Json.text(arguments, "model", "CLUSTERING"));
    consumer.setConsumeFromWhere(
        ConsumeFromWhere.valueOf(Json.text(arguments, "from", "CONSUME_FROM_FIRST_OFFSET")));
    consumer.setMaxReconsumeTimes(Json.integer(arguments, "maxReconsumeTimes", -1));
    consumer.setConsumeMessageBatchMaxSize(Json.integer(arguments, "batchSize", 1));
    consumer.setPersistConsumerOffsetInterval(1_000);
    String expression = Json.text(arguments, "expression", "*");
    boolean sql = "SQL92".equals(arguments.getString("type"));
    for (Object topic : arguments.getJSONArray("topics")) {
      consumer.subscribe((String) topic, sql ? MessageSelector.bySql(expression) : MessageSelector.byTag(expression));
    }
    if ("orderly".equals(arguments.getString("mode"))) {
      if (arguments.containsKey("suspendMs")) {
        consumer.setSuspendCurrentQueueTimeMillis(arguments.getLongValue("suspendMs"));
      }
      consumer.registerMessageListener(orderly(name, arguments));
    } else {
      consumer.registerMessageListener(concurrently(name, arguments));
    }
    adjust(consumer, arguments);
    consumer.start();
    started.put(name, consumer);
  }

  /** Sets what not every release has. */
  void adjust(DefaultMQPushConsumer consumer, JSONObject arguments) {}

  void stop(String name) {
    DefaultMQPushConsumer consumer = started.remove(name);
    if (consumer != null) consumer.shutdown();
  }

  void stop() {
    List.copyOf(started.keySet()).forEach(this::stop);
  }

  private MessageListenerConcurrently concurrently(String name, JSONObject script) {
    int failFirst = Json.integer(script, "failFirst", 0);
    return (messages, context) -> {
      boolean fails = report(name, messages, failFirst);
      if (fails) {
        context.setDelayLevelWhenNextConsume(Json.integer(script, "delayLevel", 0));
        return ConsumeConcurrentlyStatus.RECONSUME_LATER;
      }
      if (Json.flag(script, "reply")) messages.forEach(message -> reply(message, script));
      return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    };
  }

  private MessageListenerOrderly orderly(String name, JSONObject script) {
    int failFirst = Json.integer(script, "failFirst", 0);
    return (messages, context) ->
        report(name, messages, failFirst)
            ? ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT
            : ConsumeOrderlyStatus.SUCCESS;
  }

  /** Returns whether this delivery is to fail. */
  private static boolean report(String name, List<MessageExt> messages, int failFirst) {
    boolean fails = false;
    for (MessageExt message : messages) {
      fails |= message.getReconsumeTimes() < failFirst;
      Lines.write(Json.of("event", "message", "consumer", name, "message", Messages.toJson(message)));
    }
    return fails;
  }

  private void reply(MessageExt request, JSONObject script) {
    try {
      byte[] body = ("reply to " + new String(request.getBody())).getBytes();
      Message reply = MessageUtil.createReplyMessage(request, body);
      producers.producer(script).send(reply);
    } catch (Exception e) {
      Lines.write(Json.of("event", "failed", "what", "reply", "error", String.valueOf(e)));
    }
  }
}
