// The program of somebody who uses the library: prints the version it is linked with.
#include "weft/core/base/version.hpp"

#include <iostream>

int main() {
  std::cout << "weft " << weft::version() << '\n';
}
