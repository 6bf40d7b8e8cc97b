package wire

import (
	"errors"
	"io"
)

// source cuts JSON that is still arriving into values. It holds one of them at a time, and looks only at the structure.
type source struct {
	r io.Reader
	// held is what has arrived and is not passed yet.
	held   []byte
	buffer []byte
	err    error
	failed bool
}

const (
	firstBuffer  = 8 << 10
	mostIdle     = 100 // reads in a row that bring nothing
	growthFactor = 2
)

// next is the byte ahead, white space left out; 0 at the end.
func (s *source) next() byte {
	for {
		if s.held = skipSpace(s.held); len(s.held) > 0 {
			return s.held[0]
		}
		if !s.fill() {
			return 0
		}
	}
}

// pass passes over one byte, if it is that one.
func (s *source) pass(c byte) bool {
	if s.next() != c || len(s.held) == 0 {
		s.failed = true
		return false
	}
	s.held = s.held[1:]
	return true
}

// more tells whether another member or element follows the given number of them, and leaves the object or array if
// none does.
func (s *source) more(passed int, bracket byte) bool {
	if s.next() == bracket && !s.failed {
		return !s.pass(bracket)
	}
	return !s.failed && (passed == 0 || s.pass(','))
}

// value reads the value ahead, which something must follow; it lasts until the next one is read.
func (s *source) value() []byte {
	s.next()
	var f frame
	for looked := 0; ; {
		if end := f.end(s.held[looked:]); end >= 0 {
			value := s.held[:looked+end]
			s.held = s.held[looked+end:]
			return value
		}
		looked = len(s.held)
		if !s.fill() {
			s.failed = true
			return nil
		}
	}
}

// ended tells that nothing but white space was left.
func (s *source) ended() bool {
	s.next()
	return !s.failed && len(s.held) == 0 && errors.Is(s.err, io.EOF)
}

// fill reads more behind what is held; false where there is no more.
func (s *source) fill() bool {
	if s.err != nil {
		return false
	}
	s.makeRoom()
	for range mostIdle {
		end := len(s.held)
		n, err := s.r.Read(s.held[end:cap(s.held)])
		s.held, s.err = s.held[:end+n], err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.err = io.ErrNoProgress
	return false
}

// makeRoom moves what is held to the front of the buffer, and into a larger one where it takes up more than half.
func (s *source) makeRoom() {
	if len(s.held) > len(s.buffer)/growthFactor || s.buffer == nil {
		s.buffer = make([]byte, max(firstBuffer, growthFactor*len(s.buffer)))
	}
	s.held = s.buffer[:copy(s.buffer, s.held)]
}
