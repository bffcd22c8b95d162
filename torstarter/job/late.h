/* Words by which a stored verdict is known whose reason was the line, not what the switch said. */
#ifndef JOB_LATE_H
#define JOB_LATE_H

#define LATE_BYTES    "more bytes came after the answer had been judged"
#define DAMAGED_BYTES "bytes that are no text came within"

#endif
