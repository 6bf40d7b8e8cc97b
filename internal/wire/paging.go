package wire

import "strings"

// Paging is the page information of a list, in the form of Laravel's paginators; zero for a list without pages.
type Paging struct {
	// Next is the link to the next page: "links.next" or "next_page_url", empty if there is none.
	Next string
	// Unreadable reports a link in an unknown form.
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

func (p *Paging) readField(key string, r *Reader) {
	switch key {
	case "next_page_url":
		p.readLink(r)
	case "current_page":
		p.Current = r.Integer()
	case "last_page":
		p.Last = r.Integer()
	default:
		r.Skip()
	}
}

func (p *Paging) readLink(r *Reader) {
	isNone := r.IsEmpty() || r.Kind() == 'f'
	kind, text := r.scalar()
	p.Unreadable = !isNone && (kind != '"' || strings.TrimSpace(text) == "")
	p.Next = text
	if kind != '"' {
		p.Next = ""
	}
}
