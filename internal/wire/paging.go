package wire

import (
	"cmp"
	"strings"
)

// Paging is the page information of a list, in the form of Laravel's paginators; zero for a list without pages.
type Paging struct {
	// Next is the link to the next page: "links.next" or "next_page_url", empty if there is none.
	Next string
	// Unreadable reports a link in an unknown form, even if there is another link in Next.
	Unreadable bool
	// Current and Last are "current_page" and "last_page", at the top level or in "meta"; 0 if missing.
	Current, Last int64
}

// read reads a member of the envelope if it belongs to the page information, and skips it otherwise.
func (p *Paging) read(key string, r *Reader) {
	switch isObject := r.Kind() == '{'; {
	case key == "links" && isObject:
		for key := range r.Members() {
			if string(key) == "next" {
				p.readLink(r)
			} else {
				r.Skip()
			}
		}
	case key == "meta" && isObject:
		for key := range r.Members() {
			p.readField(string(key), r)
		}
	default:
		p.readField(key, r)
	}
}

// readField reads a member that may occur at several places. An empty one does not replace one that was read before.
func (p *Paging) readField(key string, r *Reader) {
	switch key {
	case "next_page_url":
		p.readLink(r)
	case "current_page":
		p.Current = cmp.Or(r.Integer(), p.Current)
	case "last_page":
		p.Last = cmp.Or(r.Integer(), p.Last)
	default:
		r.Skip()
	}
}

func (p *Paging) readLink(r *Reader) {
	isEmpty := r.IsEmpty() || r.Kind() == 'f'
	switch kind, text := r.scalar(); {
	case isEmpty:
	case kind == '"' && strings.TrimSpace(text) != "":
		p.Next = text
	default:
		p.Unreadable = true
	}
}
