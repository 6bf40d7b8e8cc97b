package wire

import "io"

// spaceReader leaves one space of each run of white space between JSON's tokens: encoding/json's Decoder looks at a
// run again with every read, so that a long one would cost its square.
type spaceReader struct {
	r io.Reader
	// quoted tells that the next byte is inside a string, escaped that a backslash is before it, spaced that white space
	// is.
	quoted, escaped, spaced bool
}

func (s *spaceReader) Read(p []byte) (int, error) {
	for {
		n, err := s.r.Read(p)
		kept := s.squeeze(p[:n])
		if kept > 0 || err != nil || len(p) == 0 {
			return kept, err
		}
	}
}

// squeeze moves what is kept to the front, and returns how much it is.
func (s *spaceReader) squeeze(p []byte) int {
	kept := 0
	for _, c := range p {
		space := !s.quoted && (c == ' ' || c == '\n' || c == '\t' || c == '\r')
		if space && s.spaced {
			continue
		}
		s.spaced = space
		switch {
		case s.escaped:
			s.escaped = false
		case s.quoted && c == '\\':
			s.escaped = true
		case c == '"':
			s.quoted = !s.quoted
		}
		p[kept] = c
		kept++
	}
	return kept
}
