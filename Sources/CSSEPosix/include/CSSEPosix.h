#ifndef CSSEPOSIX_H
#define CSSEPOSIX_H
#endif
