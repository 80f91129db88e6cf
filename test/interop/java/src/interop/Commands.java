package interop;

import com.alibaba.fastjson.JSONObject;
import java.util.HashMap;
import java.util.Map;

/** What the test may ask for, by name. */
class Commands {
  /** One command: arguments in, result out (null for none). */
  interface Command {
    Object run(JSONObject arguments) throws Exception;
  }

  final Producers producers = new Producers();
  final Pullers pullers = new Pullers();
  final Consumers consumers;
  private final Map<String, Command> byName = new HashMap<>();

  Commands() {
    consumers = consumers();
    Queries queries = new Queries(producers);
    add("send", producers::send);
    add("transaction", producers::transaction);
    add("request", producers::request);
    add("consume", arguments -> {
      consumers.start(arguments);
      return null;
    });
    add("pull", arguments -> {
      pullers.startPull(arguments);
      return null;
    });
    add("litePull", arguments -> {
      pullers.startLite(arguments);
      return null;
    });
    add("stop", arguments -> {
      consumers.stop(arguments.getString("consumer"));
      pullers.stop(arguments.getString("consumer"));
      return null;
    });
    add("view", queries::view);
    add("queryByKey", queries::byKey);
    add("queues", queries::queues);
    add("offsets", queries::offsets);
  }

  Consumers consumers() {
    return new Consumers(producers);
  }

  final void add(String name, Command command) {
    byName.put(name, command);
  }

  final Object run(String name, JSONObject arguments) throws Exception {
    Command command = byName.get(name);
    if (command == null) throw new IllegalArgumentException("no command " + name);
    return command.run(arguments);
  }

  /** Stops whatever was started. */
  void stop() {
    consumers.stop();
    pullers.stop();
    producers.stop();
  }
}
