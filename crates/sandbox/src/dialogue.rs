//! The texts of conversations.

use crate::hash_rng::HashRng;

/// A conversation and its outcome.
pub(crate) struct Dialogue {
    /// Turns from the agent's greeting on, agent and customer in turn.
    pub(crate) turns: &'static [&'static str],
    pub(crate) summary: &'static str,
    /// A word for what the customer wanted.
    pub(crate) intent: &'static str,
    pub(crate) goals: Goals,
    /// `positive`, `neutral` or `negative`.
    pub(crate) sentiment: &'static str,
    /// `hot`, `warm` or `cold`.
    pub(crate) lead: &'static str,
}

/// What a call achieved.
pub(crate) struct Goals {
    pub(crate) success: bool,
    pub(crate) booked: bool,
    pub(crate) callback: bool,
}

/// Calls from customers.
pub(crate) const INBOUND: [Dialogue; 4] = [
    Dialogue {
        turns: &[
            "Thank you for calling {org}, this is {agent}. How can I help you today?",
            "Hi, this is {name}. I would like to move my appointment on Thursday.",
            "Of course. I see Thursday at 10:15 with Dr. Whitcombe. Which day suits you better?",
            "Monday would work, any time after lunch.",
            "Monday at 13:40 or at 15:00 are both free.",
            "Let's take 15:00, please.",
            "Done. You will get a text message with the new time.",
            "Perfect, thank you. Goodbye.",
        ],
        summary: "{name} moved an appointment from Thursday 10:15 to Monday 15:00; a text message confirms it.",
        intent: "schedule",
        goals: Goals { success: true, booked: true, callback: false },
        sentiment: "positive",
        lead: "hot",
    },
    Dialogue {
        turns: &[
            "Thank you for calling {org}, you are speaking with {agent}.",
            "Hello, I have a bill here that I do not understand.",
            "I am sorry about that. Could you read me the invoice number at the top right?",
            "It says 20714, and the amount is 86 dollars.",
            "Thank you. That is the visit of the 3rd, plus a lab fee that your insurer declined.",
            "Nobody told me about a lab fee. I do not want to pay that.",
            "I understand. I will open a case and someone from billing will call you back.",
            "Fine, but please before Friday.",
        ],
        summary: "{name} disputed a lab fee on invoice 20714. A case was opened and a call back promised before Friday.",
        intent: "billing",
        goals: Goals { success: false, booked: false, callback: true },
        sentiment: "negative",
        lead: "cold",
    },
    Dialogue {
        turns: &[
            "{org}, this is {agent}, how may I help?",
            "Good morning. Are you taking new patients at the moment?",
            "Yes, we are. May I ask what kind of appointment you are looking for?",
            "A general check-up for me and my daughter, if possible back to back.",
            "There are two slots in a row next Wednesday, 9:00 and 9:30.",
            "That is wonderful. My name is {name}.",
            "Both slots are yours, {name}. Please bring your insurance cards.",
            "I will. Thanks so much, bye.",
        ],
        summary: "New patient {name} booked two check-ups in a row for next Wednesday at 9:00 and 9:30.",
        intent: "new_quote",
        goals: Goals { success: true, booked: true, callback: false },
        sentiment: "positive",
        lead: "hot",
    },
    Dialogue {
        turns: &[
            "Thank you for calling {org}. My name is {agent}.",
            "Hi, I am waiting for my contact lenses and the parcel has not come.",
            "Let me look that up. What is the order number?",
            "One moment. It is 5 5 8 3 0.",
            "It left our warehouse yesterday and should reach you tomorrow before noon.",
            "All right, then I will wait another day.",
            "Shall I send the tracking link to this number?",
            "Yes, please do. Bye.",
        ],
        summary: "{name} asked about order 55830. It arrives tomorrow before noon; the tracking link was sent.",
        intent: "order_status",
        goals: Goals { success: true, booked: false, callback: false },
        sentiment: "neutral",
        lead: "warm",
    },
];

/// Calls from agents.
pub(crate) const OUTBOUND: [Dialogue; 4] = [
    Dialogue {
        turns: &[
            "Hello, this is {agent} from {org}. Am I speaking with {name}?",
            "Yes, that's me.",
            "I am calling to remind you of your appointment tomorrow at 11:20. Can you make it?",
            "Yes, I will be there. Do I need to bring anything?",
            "Only your insurance card, and please come ten minutes early.",
            "Got it, thank you for the reminder.",
        ],
        summary: "{name} confirmed tomorrow's appointment at 11:20.",
        intent: "confirm",
        goals: Goals { success: true, booked: true, callback: false },
        sentiment: "positive",
        lead: "warm",
    },
    Dialogue {
        turns: &[
            "Good afternoon, {agent} here from {org}. Is this a good time, {name}?",
            "It depends, what is it about?",
            "Your care plan ends this month, and I would like to offer you the renewal at the same price.",
            "Honestly I have not used it much. What does it include again?",
            "Two check-ups and one cleaning a year, and ten percent off everything else.",
            "I need to think about it. Can you send me something in writing?",
            "Certainly, I will send an e-mail today and call again next week.",
            "Okay, that works. Bye.",
        ],
        summary: "{name} is unsure about renewing the care plan. An e-mail follows today, another call next week.",
        intent: "follow_up",
        goals: Goals { success: false, booked: false, callback: true },
        sentiment: "neutral",
        lead: "warm",
    },
    Dialogue {
        turns: &[
            "Hi, this is {agent} calling on behalf of {org}. May I speak with {name}?",
            "Speaking.",
            "Our driver has your parcel on board and can come between four and six today. Will somebody be in?",
            "No, I am at work until seven. Could you leave it with the neighbours?",
            "Gladly. Which name is on their door?",
            "Hargreaves, on the second floor.",
            "Noted: Hargreaves, second floor. Have a good day.",
            "You too, bye.",
        ],
        summary: "The parcel for {name} goes to the neighbours, Hargreaves on the second floor.",
        intent: "delivery",
        goals: Goals { success: true, booked: false, callback: false },
        sentiment: "positive",
        lead: "cold",
    },
    Dialogue {
        turns: &[
            "Hello {name}, {agent} from {org}. Do you have one minute for three questions about your last visit?",
            "Not really, I am driving.",
            "I understand. When may I call you back?",
            "Please take me off your list.",
            "I will do that right away. I am sorry for the trouble.",
            "Thank you. Goodbye.",
        ],
        summary: "{name} declined the survey and asked to be taken off the list.",
        intent: "survey",
        goals: Goals { success: false, booked: false, callback: false },
        sentiment: "negative",
        lead: "cold",
    },
];

/// A message on an answering machine.
pub(crate) const VOICEMAIL: Dialogue = Dialogue {
    turns: &[
        "Hello {name}, this is {agent} from {org}. Please call us back when you have a moment. Thank you.",
    ],
    summary: "A message was left on the answering machine of {name}.",
    intent: "follow_up",
    goals: Goals { success: false, booked: false, callback: true },
    sentiment: "neutral",
    lead: "cold",
};

/// Questions and answers that extend a long conversation.
const FILLERS: [[&str; 2]; 8] = [
    [
        "Before I do that, may I check the date of birth we have on file?",
        "Sure, it is the 14th of March.",
    ],
    ["Could you spell your street for me?", "It is Elm, E, L, M, and the house number is 48."],
    ["Is this number still the best one to reach you?", "Yes, this one is fine."],
    ["One moment, the system is a little slow today.", "No problem, take your time."],
    ["Would you like a summary by e-mail as well?", "That would be nice, yes."],
    [
        "Did you find the directions on our web page?",
        "I did, although the car park was hard to find.",
    ],
    ["May I ask how you heard about us?", "A colleague at work told me about you."],
    ["Just so you know, this call is recorded for training.", "That is all right."],
];

/// About how many seconds one turn takes.
const SECONDS_A_TURN: i64 = 9;

/// The turns of a conversation of this length, with placeholders for names.
///
/// A short call has the beginning and the end of the dialogue, a long one is extended in the middle.
pub(crate) fn turns(dialogue: &Dialogue, seconds: i64, rng: HashRng) -> Vec<&'static str> {
    let all = dialogue.turns;
    if all.len() < 2 {
        return all.to_vec();
    }
    let wanted = (seconds / SECONDS_A_TURN).max(2) as usize;
    if wanted < all.len() {
        let filter = wanted & !1;
        let head = &all[..filter - 1];
        return head.iter().chain(all.last()).copied().collect();
    }
    let pairs = ((wanted - all.len()) / 2).min(FILLERS.len());
    let from = rng.below("stretch", FILLERS.len() as u64) as usize;
    let (head, tail) = all.split_at(all.len() / 4 * 2);
    let middle = (0..pairs).flat_map(|pair| FILLERS[(from + pair) % FILLERS.len()]);
    head.iter().copied().chain(middle).chain(tail.iter().copied()).collect()
}

/// Replaces the placeholders with names.
pub(crate) fn fill(text: &str, name: &str, agent: &str, organization: &str) -> String {
    let mut filled = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (bits, after) = after.split_once('}').unwrap_or((after, ""));
        filled.push_str(match bits {
            "name" => name,
            "agent" => agent,
            _ => organization,
        });
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::{INBOUND, OUTBOUND, VOICEMAIL, fill, turns};
    use crate::hash_rng::HashRng;

    #[test]
    fn speakers_take_turns_whatever_the_length() {
        for dialogue in INBOUND.iter().chain(&OUTBOUND) {
            assert_eq!(dialogue.turns.len() % 2, 0);
            for seconds in [1, 20, 40, 90, 200, 900] {
                let said = turns(dialogue, seconds, HashRng::new(2));
                assert_eq!(said.first(), dialogue.turns.first());
                assert_eq!(said.last(), dialogue.turns.last());
                assert_eq!(said.len() % 2, 0);
            }
        }
        assert_eq!(turns(&VOICEMAIL, 60, HashRng::new(2)).len(), 1);
    }

    #[test]
    fn fill_replaces_each_name() {
        assert_eq!(fill("{agent}: hi {name}!", "Zoë", "Al", "Org"), "Al: hi Zoë!");
        assert_eq!(fill("{org}", "a", "b", "Org"), "Org");
    }
}
