#include "CSSEPosix.h"
