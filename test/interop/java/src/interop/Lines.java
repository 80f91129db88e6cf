package interop;

import com.alibaba.fastjson.JSON;
import com.alibaba.fastjson.JSONObject;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** JSON objects, one a line, to and from the test. What Apache's code prints goes to stderr instead. */
final class Lines {
  private static final PrintStream out =
      new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
  private static final BufferedReader in =
      new BufferedReader(new InputStreamReader(new FileInputStream(FileDescriptor.in), StandardCharsets.UTF_8));

  private Lines() {}

  static void takeStandardOutput() {
    System.setOut(System.err);
  }

  static synchronized void write(JSONObject line) {
    out.println(JSON.toJSONString(line));
    out.flush();
  }

  /** null at the end of the input. */
  static JSONObject read() throws IOException {
    String line = in.readLine();
    return line == null ? null : JSON.parseObject(line);
  }
}
