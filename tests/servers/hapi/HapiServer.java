import ca.uhn.fhir.batch2.jobs.config.Batch2JobsConfig;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.config.ThreadPoolFactoryConfig;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.batch2.JpaBatch2Config;
import ca.uhn.fhir.jpa.config.HapiJpaConfig;
import ca.uhn.fhir.jpa.config.r4.JpaR4Config;
import ca.uhn.fhir.jpa.config.util.HapiEntityManagerFactoryUtil;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.dialect.HapiFhirH2Dialect;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.provider.ValueSetOperationProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.jpa.subscription.channel.config.SubscriptionChannelConfig;
import ca.uhn.fhir.rest.server.ETagSupportEnum;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import jakarta.persistence.EntityManagerFactory;
import java.io.IOException;
import java.util.Properties;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * A real HAPI FHIR JPA R4 server for the tests: H2 in memory, Jetty on 127.0.0.1.
 *
 * <p>Usage: {@code java -cp 'jars:classes' HapiServer [port]}. With no port, or 0, a free one is
 * taken. When the server answers, one line is printed: {@code READY http://127.0.0.1:PORT/fhir}. The
 * server ends when its standard input does, so that it never outlives the process that started it.
 *
 * <p>Nothing is tuned for the tests' convenience. What a client meets at any HAPI server it meets
 * here: search results reused for 60 seconds, ETags, referential integrity, pages of 20.
 */
public final class HapiServer {

  private static final int DEFAULT_PAGE_SIZE = 20;
  private static final int MAXIMUM_PAGE_SIZE = 200;

  private HapiServer() {}

  public static void main(String[] args) throws Exception {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 0;
    // Logback's level without a configuration file is DEBUG: hundreds of thousands of lines.
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN);
    endWithStandardInput();

    ApplicationContext beans = new AnnotationConfigApplicationContext(Beans.class);
    Server jetty = new Server();
    ServerConnector connector = new ServerConnector(jetty);
    connector.setHost("127.0.0.1");
    connector.setPort(port);
    jetty.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler();
    context.addServlet(new ServletHolder(restfulServer(beans)), "/fhir/*");
    jetty.setHandler(context);
    jetty.start();

    System.out.println("READY http://127.0.0.1:" + connector.getLocalPort() + "/fhir");
    System.out.flush();
    jetty.join();
  }

  /** Ends this process when standard input reaches its end: whoever started it is gone. */
  private static void endWithStandardInput() {
    Thread watcher =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // Whatever is written to us has no meaning; only the end has.
                }
              } catch (IOException gone) {
                // A broken pipe says the same as its end.
              }
              // Everything is in memory: there is nothing to put in order first.
              Runtime.getRuntime().halt(0);
            },
            "end-with-standard-input");
    watcher.setDaemon(true);
    watcher.start();
  }

  /** The FHIR servlet: every R4 resource, batch and transaction, paging, and the CapabilityStatement. */
  private static RestfulServer restfulServer(ApplicationContext beans) {
    RestfulServer server = new RestfulServer(beans.getBean(FhirContext.class));
    IFhirSystemDao<?, ?> systemDao = beans.getBean(IFhirSystemDao.class);

    // One provider for each resource type: read, search, create, update, delete, history.
    server.registerProviders(beans.getBean(ResourceProviderFactory.class).createProviders());
    // Batch and transaction bundles at the base address.
    server.registerProvider(beans.getBean(JpaSystemProvider.class));
    // ValueSet/$expand and $validate-code of stored value sets.
    server.registerProvider(beans.getBean(ValueSetOperationProvider.class));
    // A CapabilityStatement that knows the search parameters and the storage settings.
    server.setServerConformanceProvider(
        new JpaCapabilityStatementProvider(
            server,
            systemDao,
            beans.getBean(JpaStorageSettings.class),
            beans.getBean(ISearchParamRegistry.class),
            beans.getBean(IValidationSupport.class)));

    DatabaseBackedPagingProvider paging = beans.getBean(DatabaseBackedPagingProvider.class);
    paging.setDefaultPageSize(DEFAULT_PAGE_SIZE);
    paging.setMaximumPageSize(MAXIMUM_PAGE_SIZE);
    server.setPagingProvider(paging);
    server.setETagSupport(ETagSupportEnum.ENABLED);
    return server;
  }

  /**
   * What HAPI's own configuration classes ask of an application: settings, a database, an entity
   * manager and a transaction manager.
   *
   * <p>{@code JpaR4Config}: the R4 resource types. {@code HapiJpaConfig}: storage, search and paging.
   * {@code JpaBatch2Config} and {@code Batch2JobsConfig}: background jobs, which other beans need to
   * be there. {@code SubscriptionChannelConfig}: the in-memory queue those jobs are passed through;
   * subscriptions themselves are left out. {@code ThreadPoolFactoryConfig}: the jobs' threads.
   */
  @Configuration
  @Import({
    JpaR4Config.class,
    HapiJpaConfig.class,
    JpaBatch2Config.class,
    Batch2JobsConfig.class,
    SubscriptionChannelConfig.class,
    ThreadPoolFactoryConfig.class
  })
  public static class Beans {

    /** HAPI's defaults, unchanged. */
    @Bean
    public JpaStorageSettings storageSettings() {
      return new JpaStorageSettings();
    }

    /** One partition, as by default; HAPI wants the bean all the same. */
    @Bean
    public PartitionSettings partitionSettings() {
      return new PartitionSettings();
    }

    /**
     * H2 in memory. A request may hold one connection and wait for a search thread that needs
     * another, so the pool is larger than the number of clients the tests run at once.
     */
    @Bean(destroyMethod = "close")
    public DataSource dataSource() {
      BasicDataSource pool = new BasicDataSource();
      pool.setDriver(new org.h2.Driver());
      pool.setUrl("jdbc:h2:mem:hapi;DB_CLOSE_DELAY=-1");
      pool.setUsername("sa");
      pool.setPassword("");
      pool.setMaxTotal(50);
      return pool;
    }

    /** HAPI's entities on the database above; the tables are created at start. */
    @Bean
    public LocalContainerEntityManagerFactoryBean entityManagerFactory(
        ConfigurableListableBeanFactory beanFactory,
        FhirContext fhirContext,
        JpaStorageSettings storageSettings,
        DataSource dataSource) {
      Properties properties = new Properties();
      properties.put("hibernate.dialect", HapiFhirH2Dialect.class.getName());
      properties.put("hibernate.hbm2ddl.auto", "create");
      // Full-text search (_text, _content) would need Lucene indexes on disk.
      properties.put("hibernate.search.enabled", "false");

      LocalContainerEntityManagerFactoryBean factory =
          HapiEntityManagerFactoryUtil.newEntityManagerFactory(
              beanFactory, fhirContext, storageSettings);
      factory.setPersistenceUnitName("hapi");
      factory.setDataSource(dataSource);
      factory.setJpaProperties(properties);
      return factory;
    }

    /** The transactions that make a transaction bundle all or nothing. */
    @Bean
    public PlatformTransactionManager transactionManager(EntityManagerFactory entityManagerFactory) {
      return new JpaTransactionManager(entityManagerFactory);
    }
  }
}
