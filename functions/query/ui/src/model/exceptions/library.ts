// Which frames belong to languages and libraries.

const FILES =
  /[\\/](?:site-packages|dist-packages|node_modules)[\\/]|[\\/]lib[\\/]python\d|[\\/]Python3\d+[\\/]Lib[\\/]|^<frozen |^node:|^internal[\\/]|^(?:<anonymous>|native|index \d+)$|[\\/]\.cargo[\\/](?:registry|git)[\\/]|^\/rustc\/|[\\/]rustlib[\\/]|[\\/]pkg[\\/]mod[\\/]|@v\d|[\\/]go(?:[\d.]*|lang)[\\/]src[\\/]/;

const FUNCTIONS = new RegExp(
  `^(?:[\\w.@-]*/{1,2})?(?:${[
    // The JVM.
    "java",
    "javax",
    "jakarta",
    "jdk",
    "sun",
    "com\\.sun",
    "kotlin",
    "kotlinx",
    "scala",
    "akka",
    "org\\.(?:springframework|apache|hibernate|eclipse|junit|jboss|wildfly|glassfish|slf4j|gradle|postgresql)",
    "com\\.(?:fasterxml|google|zaxxer|mysql|mongodb)",
    "io\\.(?:netty|micrometer|quarkus|micronaut|vertx|ktor|grpc)",
    "reactor",
    "ch\\.qos",
    // .NET.
    "System",
    "Microsoft",
    "MS",
    "Newtonsoft",
    "Npgsql",
    "MongoDB",
  ].join(
    "|",
  )})\\.|^<?(?:std|core|alloc|tokio|__rustc|rust_begin_unwind)(?:::|$| as )|^(?:runtime|runtime/debug|testing|reflect|net/http|internal/[\\w/]+)\\.`,
);

export function isLibrary(file: string, name: string): boolean {
  return FILES.test(file) || FUNCTIONS.test(name);
}
