import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * Holds every PDF of a folder against PDF/UA-1.
 *
 * <p>Usage: {@code java -cp 'jars:classes' Validate FOLDER}. For each file one line of JSON is
 * printed: its name, how many checks were made, and the rules it breaks, by clause and test number.
 */
public final class Validate {

  private Validate() {}

  public static void main(String[] arguments) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    List<Path> files;
    try (Stream<Path> found = Files.list(Path.of(arguments[0]))) {
      files = found.filter(file -> file.toString().endsWith(".pdf")).sorted().toList();
    }
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (Path file : files) {
      out.println(line(file.getFileName().toString(), validated(file)));
    }
  }

  private static ValidationResult validated(Path file) throws Exception {
    PDFAFlavour flavour = PDFAFlavour.PDFUA_1;
    try (PDFAParser parser = Foundries.defaultInstance().createParser(file.toFile(), flavour);
        PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
      return validator.validate(parser);
    }
  }

  private static String line(String name, ValidationResult result) {
    TreeSet<String> broken = new TreeSet<>();
    for (TestAssertion assertion : result.getTestAssertions()) {
      if (assertion.getStatus() == TestAssertion.Status.FAILED) {
        String rule =
            assertion.getRuleId().getClause() + "-" + assertion.getRuleId().getTestNumber();
        broken.add(quoted(rule + " " + assertion.getMessage()));
      }
    }
    return String.format(
        "{\"file\": %s, \"checks\": %d, \"broken\": [%s]}",
        quoted(name), result.getTotalAssertions(), String.join(", ", broken));
  }

  private static String quoted(String text) {
    StringBuilder said = new StringBuilder("\"");
    for (char character : text.toCharArray()) {
      if (character == '"' || character == '\\') {
        said.append('\\').append(character);
      } else if (character < ' ') {
        said.append(' ');
      } else {
        said.append(character);
      }
    }
    return said.append('"').toString();
  }
}
