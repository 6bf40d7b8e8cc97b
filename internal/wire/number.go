package wire

// number reads a number and returns its bytes, which are valid until the next read.
func (r *Reader) number() []byte {
	n := 0
	if r.at(0) == '-' {
		n++
	}
	integerEnd := r.digits(n)
	valid := integerEnd > n && (r.at(n) != '0' || integerEnd == n+1)
	n = integerEnd
	if r.at(n) == '.' {
		end := r.digits(n + 1)
		valid = valid && end > n+1
		n = end
	}
	if r.at(n)|0x20 == 'e' {
		n++
		if sign := r.at(n); sign == '+' || sign == '-' {
			n++
		}
		end := r.digits(n)
		valid = valid && end > n
		n = end
	}
	if !valid {
		r.malformed()
		return nil
	}
	r.pos += n
	return r.buf[r.pos-n : r.pos]
}

// digits returns the offset after the digits that start at n.
func (r *Reader) digits(n int) int {
	for isDigit(r.at(n)) {
		n++
	}
	return n
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
