package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/whatspie-go/whatspie/internal/wire"
)

// read bounds the body. Of a failure's body the first bytes are enough: the status has already said the rest.
func (c *call) read(a *Attempt, body io.Reader, length int64) {
	read, err := readAll(&io.LimitedReader{R: body, N: c.transport.MaxBytes + 1}, min(length, c.transport.MaxBytes))
	tooLarge := int64(len(read)) > c.transport.MaxBytes
	a.Body = read[:min(int64(len(read)), c.transport.MaxBytes)]
	a.Partial = tooLarge || err != nil
	switch {
	case !a.succeeded():
		return
	case tooLarge:
		a.Err = ErrTooLarge
	case err != nil:
		a.Err, a.Cut = err, true
	}
}

// mostAhead is how many bytes a length alone may claim: that they come is only a server's word.
const mostAhead = 8 << 20

// readAll reads in place where the length is known, and otherwise into a buffer that grows in small steps.
func readAll(body io.Reader, length int64) ([]byte, error) {
	if length < 0 {
		return io.ReadAll(body)
	}
	buffer := bytes.NewBuffer(make([]byte, 0, min(length, mostAhead)+bytes.MinRead))
	_, err := buffer.ReadFrom(body)
	return buffer.Bytes(), err
}

// stream hands out elements as they arrive. The timeout watches the wait for each element, not the consumer's work.
func (c *call) stream(ctx context.Context, a *Attempt, body io.Reader, timer *time.Timer) {
	if a.StatusCode == http.StatusNoContent {
		return
	}
	watched := &watchedReader{r: body, timer: timer, time: c.transport.AttemptTimeout, bytes: c.transport.MaxBytes, begun: &a.Streamed}
	a.Envelope, a.Err = c.request.Stream(watched, func() error {
		if err := ctx.Err(); err != nil { // a part of the list may be here already
			watched.err = err
			return err
		}
		a.Streamed = true
		watched.time, watched.bytes = c.transport.AttemptTimeout, c.transport.MaxBytes
		return nil
	})
	switch {
	case a.Err != nil && watched.err != nil:
		a.Err, a.Cut = watched.err, !errors.Is(watched.err, ErrTooLarge)
	case a.Envelope.Failed:
		a.Err = ErrRefused
	case a.Envelope.Unclear, a.Envelope.Instead: // what says anything else is no empty list
		a.Err = wire.ErrUnclear
	}
	if a.Err != nil {
		a.Body, a.Partial = watched.head, true
	}
}

// mostHead is how much of a stream is kept for the error, should it turn out to be none.
const mostHead = MaxText + 1

// watchedReader bounds the bytes of each element and the time that they take, however small their steps, and remembers
// its own failure: a decoder reports a cut connection and malformed JSON alike.
type watchedReader struct {
	r     io.Reader
	timer *time.Timer
	time  time.Duration
	bytes int64
	err   error
	// head is what came before the first element, or with it.
	head  []byte
	begun *bool
}

func (w *watchedReader) Read(p []byte) (int, error) {
	start := time.Now()
	w.timer.Reset(w.time)
	n, err := w.r.Read(p[:min(int64(len(p)), max(1, w.bytes))]) // one byte too many tells more from the end
	w.timer.Stop()
	w.time = max(1, w.time-time.Since(start))
	if !*w.begun {
		w.head = append(w.head, p[:min(n, mostHead-len(w.head))]...)
	}
	if w.bytes -= int64(n); w.bytes < 0 {
		w.bytes, w.err = 0, ErrTooLarge
		return 0, w.err
	}
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}
