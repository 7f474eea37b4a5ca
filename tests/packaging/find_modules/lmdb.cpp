// Opens an environment in the folder named on the command line.
#include <lmdb.h>

#include <iostream>

int main(int argc, char** argv) {
  MDB_env* environment = nullptr;
  if (argc != 2 || mdb_env_create(&environment) != 0)
    return 1;
  const int code = mdb_env_open(environment, argv[1], 0, 0600);
  if (code == 0)
    std::cout << "lmdb " << MDB_VERSION_MAJOR << '.' << MDB_VERSION_MINOR << '\n';
  mdb_env_close(environment);
  return code;
}
