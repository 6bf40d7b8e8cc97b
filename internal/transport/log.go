package transport

import (
	"context"
	"log/slog"
	"time"
)

func (c *call) logAttempt(ctx context.Context, result *Result) {
	if !c.config.Logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	number, duration := result.Attempts, time.Since(c.attempt.startedAt)
	if c.attempt.startErr != nil {
		number, duration = number+1, 0
	}
	attrs := []slog.Attr{
		slog.String("method", c.request.Method),
		slog.String("path", PathOnly(c.request.Path)),
		slog.Int("attempt", number),
		slog.Int("status", result.StatusCode),
		slog.String("duration", duration.String()), // slog.Duration would be a bare number in JSON
	}
	if id := result.RequestID(); id != "" {
		attrs = append(attrs, slog.String("request_id", id))
	}
	if result.Err != nil {
		attrs = append(attrs, result.errorAttr())
	}
	c.config.Logger.LogAttrs(ctx, slog.LevelDebug, "whatspie: attempt", attrs...)
}

func (c *call) logRetry(ctx context.Context) {
	if !c.config.Logger.Enabled(ctx, slog.LevelWarn) {
		return
	}
	c.config.Logger.LogAttrs(ctx, slog.LevelWarn, "whatspie: retry",
		slog.String("method", c.request.Method),
		slog.String("path", PathOnly(c.request.Path)),
		slog.Int("attempt", c.result.Attempts),
		slog.Int("status", c.result.StatusCode),
		slog.String("wait", c.wait.String()),
		c.result.errorAttr(),
	)
}

// errorAttr includes the server's message if there is one.
func (r *Result) errorAttr() slog.Attr {
	text := r.Redact(r.Err.Error())
	if message := r.Envelope.Message; message != "" {
		text += ": " + r.RedactStart(message, MaxText)
	}
	return slog.String("error", text)
}
