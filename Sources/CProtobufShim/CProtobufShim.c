#include "CProtobufShim.h"
