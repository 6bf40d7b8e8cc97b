package demotest

import (
	"bytes"
	"sync"
)

// Buffer collects output. It is safe for concurrent use. The zero Buffer is empty.
type Buffer struct {
	mu      sync.Mutex
	text    bytes.Buffer
	written func(all string) // called after each write, if set
}

func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer func() {
		if b.written != nil {
			b.written(b.text.String())
		}
	}()
	return b.text.Write(p)
}

func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
