package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

// errNoRoom means that the terminal cannot show the code.
var errNoRoom = errors.New("the terminal cannot show the code")

// screen shows one code at a time. On a terminal it redraws them in place, elsewhere it prints one below the other.
type screen struct {
	app      demo.App
	terminal bool
	file     string // also contains the code; may be empty

	mu      sync.Mutex
	drawing string // the current code, empty once it has expired
	above   int    // lines drawn above the status line
	shown   whatspie.PairEvent
	paused  bool
	closed  bool
	failure error // the first write error
	stop    chan struct{}
	ticking sync.WaitGroup
}

func newScreen(app demo.App, file string) *screen {
	s := &screen{app: app, file: file, stop: make(chan struct{})}
	if _, _, s.terminal = app.Size(); s.terminal {
		s.write(demo.HideCursor)
		s.ticking.Go(s.tick)
	}
	return s
}

// show draws a code in place of the previous one.
func (s *screen) show(event whatspie.PairEvent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	drawing, err := s.draw(event.QR)
	if err != nil {
		return err
	}
	s.shown, s.drawing = event, drawing
	s.repaint()
	return nil
}

// draw returns the code as text, or a message that says where it is.
func (s *screen) draw(code *whatspie.QRCode) (string, error) {
	if code.URL() != "" {
		return "The API sent a link to the code: " + demo.Printable(code.URL()) + "\n", nil
	}
	text, err := draw(s.app, code)
	if errors.Is(err, errNoRoom) && s.file != "" {
		columns, _, _ := s.app.Size()
		return demo.Wrap("This terminal cannot show the code. It is in "+s.file+".", columns), nil
	}
	return text, err
}

// expire removes the code from the terminal. A phone cannot connect with an expired code.
func (s *screen) expire(event whatspie.PairEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drawing = ""
	if !s.terminal {
		s.write(fmt.Sprintf("Code %d has expired.\n", event.Sequence))
		return
	}
	s.repaint()
}

// note shows a message in the status line.
func (s *screen) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line(text)
}

// repaint draws the code, or blank space of its size, and the status line.
func (s *screen) repaint() {
	s.rewind()
	if s.drawing == "" {
		s.write(strings.Repeat("\n", s.above))
	} else {
		s.write(s.drawing)
		s.above = strings.Count(s.drawing, "\n")
	}
	s.status()
}

// rewind moves the cursor to the start of the code and clears from there.
func (s *screen) rewind() {
	if !s.terminal {
		return
	}
	if s.above > 0 {
		s.write(fmt.Sprintf("\x1b[%dA", s.above))
	}
	s.write(demo.ClearBelow)
}

// status draws the line below the code.
func (s *screen) status() {
	if s.shown.Sequence == 0 {
		return
	}
	left := int(math.Ceil(time.Until(s.shown.ExpiresAt).Seconds()))
	text := fmt.Sprintf("Code %d: scan it in WhatsApp, Linked devices. Requested again in %d s.", s.shown.Sequence, left)
	if left <= 0 {
		text = fmt.Sprintf("Code %d: scan it in WhatsApp, Linked devices. Checking for a new one.", s.shown.Sequence)
	}
	if s.drawing == "" {
		text = fmt.Sprintf("Code %d has expired. Requesting the next one.", s.shown.Sequence)
	}
	s.line(text)
}

// line writes the status line. On a terminal it replaces the previous one and is cut to the width.
func (s *screen) line(text string) {
	if !s.terminal {
		s.write(text + "\n")
		return
	}
	columns, _, _ := s.app.Size()
	s.write(demo.ClearLine + demo.Cut(text, columns))
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
			if s.drawing != "" {
				s.status()
			}
			s.mu.Unlock()
		}
	}
}

// pause removes the code before the process is suspended.
func (s *screen) pause() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.rewind()
		s.write(demo.ShowCursor)
	}
	s.paused = true
}

// resume draws the current code below the shell's output.
func (s *screen) resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paused = false
	if s.closed {
		return
	}
	s.write(demo.HideCursor)
	s.above = 0
	s.repaint()
}

// close restores the terminal and removes the code.
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

// write writes to Stdout unless the screen is paused.
func (s *screen) write(text string) {
	if s.paused {
		return
	}
	if _, err := io.WriteString(s.app.Stdout, text); s.failure == nil {
		s.failure = err
	}
}

// err returns the first write error.
func (s *screen) err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}
