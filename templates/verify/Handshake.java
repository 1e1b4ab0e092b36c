import java.net.HttpURLConnection;
import java.net.URL;

/** What the row trust-java runs: does this JVM accept the server's certificate? Any HTTP answer will do. */
public final class Handshake {
  public static void main(String[] arguments) throws Exception {
    HttpURLConnection connection = (HttpURLConnection) new URL(arguments[0]).openConnection();
    connection.setInstanceFollowRedirects(false);
    connection.setConnectTimeout(20000);
    connection.setReadTimeout(20000);
    System.out.println(connection.getResponseCode());
  }
}
