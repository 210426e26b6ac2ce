"""Which troubles of a reader are the machine's own and no fault of the file: full or read-only disk, no file handles left."""

import errno

OUR_TROUBLE = (errno.ENOSPC, errno.EROFS, errno.EMFILE, errno.ENFILE, *((errno.EDQUOT,) if hasattr(errno, "EDQUOT") else ()))
