import Testing

@testable import SSESockets

struct MailboxTests {
  @Test("A loop that is asleep is woken without the mailbox's lock, and does not end meanwhile")
  func loopIsWokenWithoutTheLock() {
    let mailbox = Mailbox()
    #expect(mailbox.fallAsleep())
    var wakes = 0
    mailbox.askToEnd {
      wakes += 1
      #expect(!mailbox.end {})
    }
    #expect(wakes == 1)
    #expect(mailbox.end {})
  }

  @Test("Only the first that leaves something wakes a loop that is asleep")
  func firstWakes() {
    let mailbox = Mailbox()
    var wakes = 0
    #expect(mailbox.fallAsleep())
    for _ in 0..<3 { #expect(!mailbox.leave(wake: { wakes += 1 }) { $0.work.append {} }) }
    #expect(wakes == 1)
    var mail = Mailbox.Mail()
    mailbox.take(into: &mail)
    #expect(mail.work.count == 3)
    #expect(!mailbox.leave(wake: { wakes += 1 }) { $0.work.append {} })
    #expect(!mailbox.fallAsleep())
    #expect(wakes == 1)
  }

  @Test("After a loop's end, who leaves something is to take it, and nobody is woken")
  func nobodyIsWokenAfterTheEnd() {
    let mailbox = Mailbox()
    mailbox.askToEnd { Issue.record("woken while awake") }
    #expect(mailbox.end {})
    #expect(mailbox.leave(wake: { Issue.record("woken after the end") }) { $0.work.append {} })
    #expect(!mailbox.end {})
    var mail = Mailbox.Mail()
    mailbox.take(into: &mail)
    #expect(mail.work.count == 1)
    #expect(mailbox.end {})
  }
}
