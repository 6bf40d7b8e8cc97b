package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

// screen shows one code at a time: in one place on a terminal, one below the other elsewhere.
type screen struct {
	app      demo.App
	terminal bool

	mu      sync.Mutex
	above   int // lines drawn above the status line
	shown   whatspie.PairEvent
	expired bool
	closed  bool
	failure error
	stop    chan struct{}
	ticking sync.WaitGroup
}

func newScreen(app demo.App) *screen {
	s := &screen{app: app, stop: make(chan struct{})}
	if _, _, s.terminal = app.Size(); s.terminal {
		s.write(demo.HideCursor)
		s.ticking.Go(s.tick)
	}
	return s
}

// show draws a code in the place of the one before.
func (s *screen) show(event whatspie.PairEvent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	drawing, err := s.draw(event.QR)
	if err != nil {
		return err
	}
	if s.terminal {
		s.rewind()
	}
	s.write(drawing)
	s.above = strings.Count(drawing, "\n")
	s.shown, s.expired = event, false
	s.status()
	return nil
}

// draw is the code as text, or what to do where it cannot be shown.
func (s *screen) draw(code *whatspie.QRCode) (string, error) {
	if code.URL() != "" {
		return "The API sent a link to the code: " + demo.Printable(code.URL()) + "\n", nil
	}
	needColumns, needRows, err := code.TerminalSize()
	if err != nil {
		return "", err
	}
	needRows++ // the status line
	columns, rows, ok := s.app.Size()
	if ok && (columns < needColumns || rows < needRows) {
		return demo.Wrap(fmt.Sprintf("This terminal has %d columns and %d rows, the code needs %d and %d. "+
			"Enlarge it for the next code, or use -png.", columns, rows, needColumns, needRows), columns), nil
	}
	var drawing bytes.Buffer
	err = code.WriteTerminal(&drawing)
	return drawing.String(), err
}

// expire takes the code off a terminal at once: a phone that scans it now would hang.
func (s *screen) expire(event whatspie.PairEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expired = true
	if !s.terminal {
		s.write(fmt.Sprintf("Code %d has expired.\n", event.Sequence))
		return
	}
	s.rewind()
	s.write(strings.Repeat("\n", s.above))
	s.status()
}

// note tells something in passing.
func (s *screen) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.terminal {
		s.write(demo.ClearLine + s.cut(text))
		return
	}
	s.write(text + "\n")
}

// rewind goes back to where the code begins, and clears it.
func (s *screen) rewind() {
	if s.above > 0 {
		s.write(fmt.Sprintf("\x1b[%dA", s.above))
	}
	s.write(demo.ClearBelow)
}

// status is the line below the code.
func (s *screen) status() {
	left := int(math.Ceil(time.Until(s.shown.ExpiresAt).Seconds()))
	text := fmt.Sprintf("Code %d: scan it with WhatsApp, Linked devices. It expires in %d s.", s.shown.Sequence, max(left, 0))
	switch {
	case s.shown.Sequence == 0:
		return
	case s.expired:
		text = fmt.Sprintf("Code %d has expired, the next one is coming.", s.shown.Sequence)
	}
	if s.terminal {
		s.write(demo.ClearLine + s.cut(text))
		return
	}
	s.write(text + "\n")
}

func (s *screen) cut(text string) string {
	columns, _, _ := s.app.Size()
	return demo.Cut(text, columns)
}

func (s *screen) tick() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-ticker.C:
			s.mu.Lock()
			if !s.expired {
				s.status()
			}
			s.mu.Unlock()
		}
	}
}

// close leaves the terminal as it was, without a code on it.
func (s *screen) close() {
	s.mu.Lock()
	done := s.closed
	s.closed = true
	s.mu.Unlock()
	if done {
		return
	}
	close(s.stop)
	s.ticking.Wait()
	if s.terminal {
		s.rewind()
		s.write(demo.ShowCursor)
	}
}

// write keeps the first failure: nobody sees what comes after it.
func (s *screen) write(text string) {
	if _, err := io.WriteString(s.app.Stdout, text); s.failure == nil {
		s.failure = err
	}
}

// err is why nothing can be shown any more.
func (s *screen) err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}
