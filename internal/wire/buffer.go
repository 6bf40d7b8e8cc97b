package wire

import "io"

const (
	firstBuffer   = 8 << 10
	growthFactor  = 2
	maxEmptyReads = 100 // consecutive reads of zero bytes
)

// skipSpace skips white space and returns the byte after it, 0 at the end.
func (r *Reader) skipSpace() byte {
	for {
		if r.pos = indexNonSpace(r.buf, r.pos); r.pos < len(r.buf) {
			return r.buf[r.pos]
		}
		if !r.fill() {
			return 0
		}
	}
}

// at returns the byte at an offset from pos, 0 at the end.
func (r *Reader) at(offset int) byte {
	if i := r.pos + offset; i < len(r.buf) {
		return r.buf[i]
	}
	return r.atUnbuffered(offset)
}

// atUnbuffered is at for a byte that is not in the buffer yet.
func (r *Reader) atUnbuffered(offset int) byte {
	for r.pos+offset >= len(r.buf) {
		if !r.fill() {
			return 0
		}
	}
	return r.buf[r.pos+offset]
}

// fill appends bytes from the source to the buffer, and reports whether there were any.
func (r *Reader) fill() bool {
	if r.src == nil || r.srcErr != nil {
		return false
	}
	if r.pos == len(r.buf) || len(r.buf) == cap(r.buf) {
		r.makeRoom()
	}
	for range maxEmptyReads {
		end := len(r.buf)
		n, err := r.src.Read(r.buf[end:cap(r.buf)])
		r.buf, r.srcErr = r.buf[:end+n], err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	r.srcErr = io.ErrNoProgress
	return false
}

// makeRoom moves the unread bytes to the front of the buffer, or of a larger one if they fill more than half of it.
func (r *Reader) makeRoom() {
	unread, buf := r.buf[r.pos:], r.buf[:0]
	if len(unread) > cap(buf)/growthFactor || cap(buf) == 0 {
		buf = make([]byte, 0, max(firstBuffer, growthFactor*cap(buf)))
	}
	buf = append(buf, unread...)
	r.buf, r.pos = buf, 0
}
