package interop;

import com.alibaba.fastjson.JSONObject;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;

/** Push consumers of 5.x: with `pop` the broker assigns the queues and keeps the progress. */
final class Consumers5 extends Consumers {
  Consumers5(Producers producers) {
    super(producers);
  }

  @Override
  void adjust(DefaultMQPushConsumer consumer, JSONObject arguments) {
    if (!Json.flag(arguments, "pop")) return;
    consumer.setClientRebalance(false);
    consumer.setPopInvisibleTime(Json.whole(arguments, "invisibleMs", 60_000));
  }
}
