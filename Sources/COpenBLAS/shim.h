// Header-only: the declarations of Debian's libopenblas-dev.
#include <cblas.h>
