package poll

// Queued returns how many entries the queue holds, and how many of them are live.
func (t *Tracker[D]) Queued() (entries, live int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.queue.events), len(t.queue.events) - t.queue.dropped
}
