import java.net.HttpURLConnection;
import java.net.URL;

/** The row trust-java runs this class. It succeeds if the JVM accepts the server's certificate, with any HTTP status. */
public final class Handshake {
  public static void main(String[] arguments) throws Exception {
    HttpURLConnection connection = (HttpURLConnection) new URL(arguments[0]).openConnection();
    connection.setInstanceFollowRedirects(false);
    connection.setConnectTimeout(20000);
    connection.setReadTimeout(20000);
    System.out.println(connection.getResponseCode());
  }
}
