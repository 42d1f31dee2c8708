/* The least that one core has to do for a rule like that of the increased intervention: one pass
 * over spans that are packed and sorted already. A word is person << 22 | day; the tables hold by
 * how many days each day moves. Gives the number of spans written. */
#include <stdint.h>

#define DAY ((1 << 22) - 1)

int64_t carried(int64_t count, const int64_t *starts, const int64_t *ends,
                const int32_t *complete, const int32_t *year_end,
                int64_t *out_starts, int64_t *out_ends)
{
    int64_t written = 0, next = 0;
    while (next < count) {
        int64_t start = starts[next], end = ends[next];
        for (next++; next < count && starts[next] <= end; next++)
            if (ends[next] > end)
                end = ends[next];
        int64_t begin = start + complete[start & DAY];
        if (begin > end)
            continue;
        if (end == begin)
            end++;
        end += year_end[end & DAY];
        if (written && begin <= out_ends[written - 1]) {
            if (end > out_ends[written - 1])
                out_ends[written - 1] = end;
        } else {
            out_starts[written] = begin;
            out_ends[written++] = end;
        }
    }
    return written;
}
