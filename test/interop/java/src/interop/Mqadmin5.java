package interop;

import com.alibaba.fastjson.JSONObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.rocketmq.tools.command.MQAdminStartup;

/** Runs mqadmin as its command line would, without a process for each command. */
final class Mqadmin5 extends MQAdminStartup {
  private Mqadmin5() {}

  /** What the command printed; one that would go on for ever is interrupted after `endAfterMs`. */
  static synchronized String run(JSONObject arguments) throws InterruptedException {
    // Its commands keep their clients, which serve only once; each run makes new ones.
    SUB_COMMANDS.clear();
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream out = System.out;
    PrintStream err = System.err;
    Thread command =
        new Thread(() -> main0(arguments.getJSONArray("arguments").toArray(new String[0]), Access5.hook(arguments)), "mqadmin");
    try (PrintStream capture = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
      System.setOut(capture);
      System.setErr(capture);
      command.start();
      long endAfterMs = arguments.getLongValue("endAfterMs");
      long end = endAfterMs == 0 ? Long.MAX_VALUE : System.currentTimeMillis() + endAfterMs;
      for (command.join(20); command.isAlive(); command.join(20)) {
        endWaitOf(command);
        if (System.currentTimeMillis() > end) command.interrupt();
      }
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }

  /** A client that shuts down waits for its event thread, which looks up from its queue every three seconds. */
  private static void endWaitOf(Thread command) {
    boolean waits =
        Arrays.stream(command.getStackTrace())
            .anyMatch(frame -> frame.getClassName().endsWith("NettyRemotingClient") && frame.getMethodName().equals("shutdown"));
    if (!waits) return;
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("NettyEventExecutor")) thread.interrupt();
    }
  }
}
