import java.io.StringReader;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/** What every client does, by pgjdbc. The way there is in JDBC_URL. */
public class Pgjdbc {
  public static void main(String[] args) throws Exception {
    String table = args[0];
    List<String> report = new ArrayList<>();
    try (Connection connection = connect(); Statement statement = connection.createStatement()) {
      statement.execute("create table " + table + " (id int primary key, word text)");
      try (PreparedStatement insert = connection.prepareStatement("insert into " + table + " values (?, ?)")) {
        insert.setInt(1, 1);
        insert.setString(2, "one");
        insert.executeUpdate();
        insert.setInt(1, 2);
        insert.setString(2, "zwölf's");
        insert.executeUpdate();
      }
      connection.setAutoCommit(false);
      String update = "update " + table + " set word = upper(word) where id = ?";
      try (PreparedStatement upper = connection.prepareStatement(update)) {
        upper.setInt(1, 1);
        upper.executeUpdate();
      }
      connection.commit();
      CopyManager copying = connection.unwrap(PGConnection.class).getCopyAPI();
      copying.copyIn("copy " + table + " from stdin", new StringReader("3\tthree\n4\t\\N\n"));
      StringWriter copied = new StringWriter();
      copying.copyOut("copy " + table + " to stdout", copied);
      report.add("\"copied\": " + quote(copied.toString()));
      report.add("\"rows\": " + countInParts(statement));
      connection.commit();
      connection.setAutoCommit(true);
      report.add("\"failed\": " + quote(failure(statement, "selec 1")));

      Thread canceller = new Thread(() -> cancelWhenTold(statement));
      canceller.start();
      System.out.println("running");
      report.add("\"cancelled\": " + quote(failure(statement, "select pg_sleep(60), '" + table + "'")));
      canceller.join();

      List<String> words = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery("select word from " + table + " order by id")) {
        while (rows.next()) words.add(rows.getString(1) == null ? "null" : quote(rows.getString(1)));
      }
      report.add("\"words\": [" + String.join(", ", words) + "]");
    }
    try (Connection connection = connect(); Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select 'again'")) {
      rows.next();
      report.add("\"again\": " + quote(rows.getString(1)));
    }
    System.out.println("{" + String.join(", ", report) + "}");
  }

  private static Connection connect() throws SQLException {
    return DriverManager.getConnection(System.getenv("JDBC_URL"));
  }

  /** A thousand rows at a time, by a portal that is executed again and again. */
  private static int countInParts(Statement statement) throws SQLException {
    statement.setFetchSize(1000);
    int count = 0;
    String large = "select i, repeat('x', 100) from generate_series(1, 100000) i";
    try (ResultSet rows = statement.executeQuery(large)) {
      while (rows.next()) count += 1;
    }
    statement.setFetchSize(0);
    return count;
  }

  private static String failure(Statement statement, String sql) {
    try {
      statement.execute(sql);
      return "none";
    } catch (SQLException error) {
      return error.getSQLState();
    }
  }

  private static void cancelWhenTold(Statement statement) {
    try {
      while (System.in.read() != '\n');
      statement.cancel();
    } catch (Exception error) {
      error.printStackTrace();
    }
  }

  private static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\t", "\\t") + '"';
  }
}
