import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Properties;

/** Connects as a GUI tool does that fills pgjdbc's properties from a form: URL NAME=VALUE... and, behind a `--`, the next. */
public class Forms {
  public static void main(String[] args) throws Exception {
    int at = 0;
    while (at < args.length) {
      String url = args[at++];
      Properties form = new Properties();
      for (; at < args.length && !args[at].equals("--"); at += 1) {
        String[] field = args[at].split("=", 2);
        form.setProperty(field[0], field[1]);
      }
      at += 1;
      try (Connection connection = DriverManager.getConnection(url, form);
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("select current_user || '@' || current_database()")) {
        rows.next();
        System.out.println(rows.getString(1));
      }
    }
  }
}
