package interop;

import com.alibaba.fastjson.JSONObject;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Apache's client, driven by a test: reads commands as JSON lines `{id, command, ...}` and answers each
 * with `{id, result}` or `{id, error}`; messages that consumers get come as `{event: "message", ...}`.
 * Ends when its input ends.
 */
public final class Probe {
  private Probe() {}

  public static void main(String[] args) throws Exception {
    Lines.takeStandardOutput();
    Commands commands = (Commands) Class.forName(args[0]).getDeclaredConstructor().newInstance();
    ExecutorService threads = Executors.newCachedThreadPool();
    Lines.write(Json.of("event", "ready"));
    for (JSONObject line = Lines.read(); line != null; line = Lines.read()) {
      JSONObject command = line;
      threads.execute(() -> Lines.write(answer(commands, command)));
    }
    commands.stop();
    System.exit(0);
  }

  private static JSONObject answer(Commands commands, JSONObject command) {
    Object id = command.get("id");
    try {
      return Json.of("id", id, "result", commands.run(command.getString("command"), command));
    } catch (Throwable error) {
      return Json.of("id", id, "error", text(error));
    }
  }

  private static String text(Throwable error) {
    return error.getCause() == null ? String.valueOf(error) : error + ", because of " + text(error.getCause());
  }
}
